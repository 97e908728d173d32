export {
  defineAdapter,
  defineAgent,
  defineMcp,
  definePackage,
  definePersona,
  defineProfile,
  defineSubagents,
} from "@stax/schema";
