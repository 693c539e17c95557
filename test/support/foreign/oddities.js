/** As oddities.py, for what takes Node.js. The mode says which. */
import { setTimeout as sleep } from "node:timers/promises";

const modes = {
  /** Each byte by itself: characters and control sequences are cut. */
  async "cut-anywhere"() {
    for (const byte of Buffer.from(
      ">>> y: naïve ✓ \u001b[1;31mred\u001b[0m\r\n>>> [Message received by y ]\n",
    )) {
      process.stdout.write(Buffer.of(byte));
      await sleep(1);
    }
  },
  /** Draws over its prompt, as line editors do, and repeats what is typed. */
  async drawing() {
    process.stdin.setRawMode?.(true);
    let typed = "";
    const draw = () => process.stdout.write(`\r\u001b[J>>> ${typed}\u001b[${typed.length + 5}G`);
    draw();
    process.stdin.on("data", (bytes) => {
      for (const character of bytes.toString()) {
        if (character === "\r") {
          process.stdout.write(
            `\r\u001b[J>>> ${typed}\n\r\u001b[J\u001b[32m[Message received by y ]\u001b[0m\r\n`,
          );
          typed = "";
        } else if (character === "\u0003") process.exit(0);
        else typed += character;
        draw();
      }
    });
    await sleep(100);
    process.stdout.write("\r\u001b[J\u001b]0;a title\u0007y :  hello\r\n");
    draw();
  },
};

await modes[process.argv[2]]();
