import type { AddHelpTextContext } from "commander";

/**
 * A text below a command's help. Paragraphs are broken at the width of the terminal, as the rest of the help is; what is
 * indented stands as it is.
 */
export function helpText(text: string): (context: AddHelpTextContext) => string {
  return ({ command, error }) => {
    const { getErrHelpWidth, getOutHelpWidth } = command.configureOutput();
    const width = (error ? getErrHelpWidth : getOutHelpWidth)?.() ?? WIDTH_OF_PIPE;
    const help = command.createHelp();
    return paragraphsOf(text)
      .map((paragraph) => (paragraph.startsWith(" ") ? paragraph : help.boxWrap(paragraph, width)))
      .join("\n");
  };
}

const WIDTH_OF_PIPE = 80;

/** Lines that belong together as one; indented and empty ones stand alone. */
function paragraphsOf(text: string): readonly string[] {
  const paragraphs: string[] = [];
  let isOpen = false;
  for (const line of text.split("\n")) {
    const isProse = line !== "" && !line.startsWith(" ");
    if (isProse && isOpen) paragraphs.push(`${paragraphs.pop()} ${line}`);
    else paragraphs.push(line);
    isOpen = isProse;
  }
  return paragraphs;
}
