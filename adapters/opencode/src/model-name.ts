/** isModel tells what opencode understands as a model: `provider/model`. */
export const isModel = (model: unknown): model is string => typeof model === "string" && /^[^/\s]+\/\S+$/.test(model);
