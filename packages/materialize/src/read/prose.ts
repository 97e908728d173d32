/** proseOf gives Markdown with what stands in code blanked out, so that every place keeps its offset: runtimes import nothing from there. */
export function proseOf(text: string): string {
  let fence: string | undefined;
  const lines = text.split("\n").map((line) => {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    const inside = fence !== undefined;
    if (fence === undefined) fence = mark;
    else if (mark !== undefined && mark[0] === fence[0] && mark.length >= fence.length) fence = undefined;
    if (inside || mark !== undefined) return blank(line);
    return line.length > longestLine ? line : line.replace(/(`+)[^`]+\1(?!`)/g, blank);
  });
  return lines.join("\n");
}

// Beyond it a line is no prose, and looking for pairs in it could take long.
const longestLine = 10_000;

const blank = (text: string): string => " ".repeat(text.length);
