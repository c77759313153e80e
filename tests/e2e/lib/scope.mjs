// Stands in for a test's context in programs that are no tests: what is registered with `after` is done at the end, newest first.
export async function scope(work) {
  const undo = [];
  try {
    return await work({ after: (action) => { undo.unshift(action); }, diagnostic: (words) => { process.stderr.write(`${words}\n`); } });
  } finally {
    for (const action of undo) await action();
  }
}
