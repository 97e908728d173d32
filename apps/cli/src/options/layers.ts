import { type LayerName, layerNames, nearest } from "@stax/schema";
import { CliError } from "../error.ts";

/** layerNameOf finds the layer kind that a user names, as in definitions (`instructionTree`) or in kebab-case. Throws `FLAG_VALUE`. */
export function layerNamed(text: string, flag: string): LayerName {
  const found = layerNames.find((name) => name === text || kebabCase(name) === text);
  if (found !== undefined) return found;
  const meant = nearest(text, layerNames);
  const hint = meant === undefined ? `there are ${layerNames.join(", ")}` : `did you mean ${meant}?`;
  throw new CliError("FLAG_VALUE", `--${flag}: there is no layer kind "${text}"`, { hint });
}

const kebabCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
