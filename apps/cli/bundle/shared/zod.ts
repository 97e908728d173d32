// The bundle holds of it what our sources name: see ../shared.ts.
export * from "zod";
