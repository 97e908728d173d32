// The bundle holds of it what our sources name, and loads it when it is called: see ../shared.ts.
export * from "yaml";
