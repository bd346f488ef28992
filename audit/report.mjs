// Each audit prints one line of JSON for each row of the table, and nothing else on stdout.
export function row(name, figure, wanted, fine, detail = "") {
  console.log(JSON.stringify({ name, figure: String(figure), wanted: String(wanted), fine, detail }));
}

/** Fails the whole audit when `work` takes longer: a client that waits for ever is a finding. */
export async function within(seconds, work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took more than ${seconds} s`)), seconds * 1000);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

export const stage = JSON.parse(process.env.AUDIT_STAGE ?? "{}");
