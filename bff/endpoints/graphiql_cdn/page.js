// Runs after the CDN's scripts, whether they came or not.
(() => {
  const page = document.getElementById("page");
  if (!window.React || !window.ReactDOM || !window.GraphiQL) {
    page.innerHTML =
      "<section role='alert'><h1>GraphiQL is not here</h1>" +
      "<p>It was not built on this server, and the public CDN cannot be reached from this browser.</p>" +
      "<p>Build it with <code>make graphiql</code> and load this page again. " +
      "The API itself answers at <code>/graphql</code>.</p></section>";
    return;
  }
  const signIn = `# This is GraphiQL from a public CDN; make graphiql builds the page with a sign-in panel and examples.
# Run this, then put {"authorization": "Bearer <accessToken>"} into Headers below.
mutation SignIn($input: SignInInput!) {
  signIn(input: $input) {
    __typename
    ... on Session { accessToken expiresAt }
    ... on UserError { message }
  }
}`;
  const experiences = `query Experiences {
  experiences(first: 20) { edges { node { id name venue { name city } } } }
}`;
  const { createElement } = window.React;
  window.ReactDOM.createRoot(page).render(
    createElement(window.GraphiQL, {
      fetcher: window.GraphiQL.createFetcher({ url: "/graphql" }),
      defaultTabs: [
        { query: experiences },
        { query: signIn, variables: '{\n  "input": { "email": "", "password": "" }\n}' },
      ],
      shouldPersistHeaders: false,
    }),
  );
})();
