// What the programs in TypeScript share.

/** Ends the program where something is not as it says. */
export function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`not so: ${what}`);
}

/** The body of a success; a failure ends the program. */
export function given<T>(answer: { data?: T | undefined; error?: unknown; response: Response }): T {
  if (answer.data === undefined)
    throw new Error(`${answer.response.url} answered ${answer.response.status} ${JSON.stringify(answer.error)}`);
  return answer.data;
}
