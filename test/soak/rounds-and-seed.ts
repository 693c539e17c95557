/** What `npm run crash` and `crash:host` are told. A run of no rounds would find nothing, and seem to be well. */
export function roundsAndSeed(
  command: string,
  roundsDefault: number,
): { readonly rounds: number; readonly seed: number } {
  const args = process.argv.slice(2);
  const [rounds = roundsDefault, seed = 1] = args.map(Number);
  const isRight =
    args.length <= 2 && Number.isSafeInteger(rounds) && rounds > 0 && Number.isSafeInteger(seed);
  if (isRight) return { rounds, seed };
  console.error(
    `error: not understood: ${args.join(" ")}\nusage: npm run ${command} -- [rounds] [seed]\n` +
      `  rounds  how often it is killed (default ${roundsDefault})\n  seed    an integer (default 1)`,
  );
  process.exit(3);
}
