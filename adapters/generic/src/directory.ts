/** Where the canonical layers lie, as their authors wrote them. */
export const directory = ".agents/stax";
