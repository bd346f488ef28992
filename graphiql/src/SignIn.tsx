import { type FormEvent, useState } from "react";
import { type Session, isOver, signIn } from "./session";

type Props = { session: Session | null; onChange: (session: Session | null) => void };

export function SignIn({ session, onChange }: Props) {
  return session ? (
    <Member session={session} onSignOut={() => onChange(null)} />
  ) : (
    <Form onSignedIn={onChange} />
  );
}

function Member({ session, onSignOut }: { session: Session; onSignOut: () => void }) {
  const over = isOver(session);
  const [copied, setCopied] = useState(false);
  const copy = () =>
    void navigator.clipboard?.writeText(session.accessToken).then(() => setCopied(true));
  return (
    <div className="member">
      <p role="status">
        {over ? "The session is over: " : "Signed in as "}
        <strong title={session.email}>{session.name}</strong>
        <small>
          {over ? "sign out and in again" : "the token goes along"}
        </small>
      </p>
      <button type="button" onClick={copy}>
        {copied ? "Copied" : "Copy token"}
      </button>
      <button type="button" onClick={onSignOut}>
        Sign out
      </button>
    </div>
  );
}

function Form({ onSignedIn }: { onSignedIn: (session: Session) => void }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setProblem("");
    try {
      onSignedIn(await signIn(String(form.get("email")).trim(), String(form.get("password"))));
    } catch (error) {
      setProblem((error as Error).message);
      setBusy(false);
    }
  }

  return (
    <form className="sign-in" onSubmit={(event) => void submit(event)}>
      <label>
        <span>Email</span>
        <input name="email" type="email" autoComplete="username" placeholder="Email" required />
      </label>
      <label>
        <span>Password</span>
        <input
          name="password"
          type="password"
          autoComplete="current-password"
          placeholder="Password"
          required
        />
      </label>
      <button type="submit" disabled={busy}>
        {busy ? "Signing in…" : "Sign in"}
      </button>
      {problem && <p role="alert">{problem}</p>}
    </form>
  );
}
