#!/usr/bin/env node
// Whatever Node.js runs this file must be able to parse it, down to version 12, so that it can say what is wrong:
// nothing is imported, and no newer syntax is used, until the version is known.
const NODE_MAJOR_MIN = 26;

if (Number(process.versions.node.split(".")[0]) < NODE_MAJOR_MIN) {
  process.stderr.write(
    `error: udpchat needs Node.js ${NODE_MAJOR_MIN} or newer; this is ${process.versions.node} (${process.execPath}).\n` +
      "  In a clone of the project: run `npm ci`, which brings the right Node.js, then `npx udpchat`.\n" +
      `  If that is what you did, npm was not allowed to run install scripts: install Node.js ${NODE_MAJOR_MIN}\n` +
      "  (https://nodejs.org), or allow them and repeat `npm ci`.\n",
  );
  process.exitCode = 4;
} else {
  import("./compile-cache.ts")
    .then(({ keepCompiledCode }) => {
      keepCompiledCode();
      return import("./main.ts");
    })
    .then(({ main }) => main(process.argv.slice(2)));
}
