import { createServer } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { markerAnswer, markerServer } from "./marker-server.ts";
import { scriptedModel } from "./scripted-model.ts";

const script = [[{ tool: "read", input: { path: "a" } }], [{ tool: "write", input: {} }]];

async function serving(serve: ReturnType<typeof scriptedModel>["serve"]) {
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return (path: string, body: object) =>
    fetch(`http://127.0.0.1:${address.port}${path}`, { method: "POST", body: JSON.stringify(body) });
}

describe("a scripted model", () => {
  it.each([
    ["/v1/messages?beta=true", { stream: true }, '\\"path\\":\\"a\\"'],
    ["/v1/messages", {}, '"path":"a"'],
    ["/v1/responses", { stream: true }, '\\"path\\":\\"a\\"'],
    ["/v1beta/models/m:streamGenerateContent?alt=sse", {}, '"args":{"path":"a"}'],
    ["/v1beta/models/m:generateContent", {}, '"args":{"path":"a"}'],
  ])("calls tools in turn where they are offered at %s, and says that it is done after", async (path, body, call) => {
    const { seen, serve } = scriptedModel(script);
    const post = await serving(serve);
    const said = async (...tools: readonly string[]) =>
      (await post(path, { ...body, tools: tools.map((name) => ({ name })) })).text();
    expect(await said()).toContain("done");
    expect(await said("read", "write")).toContain(call);
    expect(await said("read")).toContain("done");
    expect(await said("read", "write")).toContain("write");
    expect(await said("read", "write")).toContain("done");
    expect(seen.map(({ turn }) => turn)).toEqual([0, 0, 1, 1, 2]);
    expect(seen.every(({ body: sent }) => sent.includes('"tools"'))).toBe(true);
  });
  it("answers nothing else", async () => {
    const { seen, serve } = scriptedModel([]);
    const post = await serving(serve);
    expect((await post("/v1/models", {})).status).toBe(404);
    expect(seen).toHaveLength(1);
  });
});

describe("the marker server", () => {
  it("has one tool, whose description holds the marker, and answers no notification", () => {
    const answer = (method: string) => JSON.parse(markerAnswer(JSON.stringify({ id: 1, method }), "MARK") ?? "null");
    expect(answer("tools/list").result.tools).toMatchObject([{ name: "mark", description: "MARK: gives a mark" }]);
    expect(answer("initialize").result.serverInfo.name).toBe("marker");
    expect(answer("x/y").error.code).toBe(-32601);
    expect(markerAnswer('{"method":"notifications/initialized"}', "MARK")).toBeUndefined();
  });
  it("remembers the headers it was sent", async () => {
    const { seen, serve } = markerServer("MARK");
    const post = await serving(serve);
    expect((await post("/mcp", { id: 1, method: "ping" })).status).toBe(200);
    expect((await post("/mcp", { method: "notifications/initialized" })).status).toBe(202);
    expect(seen.map(({ headers }) => typeof headers.host)).toEqual(["string", "string"]);
  });
});
