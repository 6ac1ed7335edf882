// Where the page's data comes from: the folder beside it, or the page itself (`--single`).

const bundle = (() => {
  const element = document.getElementById("bundle");
  return element ? JSON.parse(element.textContent) : null;
})();

/** What the page was told when it was made: { basemap, attribution }. */
export const settings = JSON.parse(document.getElementById("settings").textContent);

export const isSingleFile = bundle !== null;

const decoded = new Map();

function bundled(name) {
  if (!(name in bundle)) throw new Error(`${name} is not in this file`);
  if (!decoded.has(name)) {
    decoded.set(name, Uint8Array.from(atob(bundle[name]), (letter) => letter.charCodeAt(0)));
  }
  return decoded.get(name);
}

/** The server's own word, or that there is none: nothing to add to. */
export class Refusal extends Error {}

async function response(name, init) {
  let answer;
  try {
    answer = await fetch(name, init);
  } catch {
    throw new Refusal("no answer: is `worldmap view` still running?");
  }
  if (answer.status === 416) throw new Error("its file ends too early");
  if (!answer.ok) {
    const told = answer.headers.get("content-type")?.startsWith("text/plain");
    throw new Refusal(told ? await answer.text() : `${answer.status} ${answer.statusText}`);
  }
  return answer;
}

/** A whole resource as bytes. */
export async function bytes(name) {
  if (bundle) return bundled(name);
  return new Uint8Array(await (await response(name)).arrayBuffer());
}

/** A resource as JSON. */
export async function json(name) {
  return JSON.parse(new TextDecoder().decode(await bytes(name)));
}

/** A function (begin, end) that gives those bytes of a resource. */
export function ranges(name, version) {
  if (bundle) return async (begin, end) => bundled(name).slice(begin, end);
  return async (begin, end) => {
    const headers = { Range: `bytes=${begin}-${end - 1}` };
    const answer = await response(`${name}?v=${version}`, { headers });
    const content = new Uint8Array(await answer.arrayBuffer());
    // A server without ranges sends everything.
    return answer.status === 206 ? content : content.slice(begin, end);
  };
}

/** A URL for an <img> or a texture. */
export function imageUrl(name) {
  const type = { png: "png", webp: "webp" }[name.split(".").pop()] ?? "jpeg";
  return bundle ? `data:image/${type};base64,${bundle[name] ?? ""}` : name;
}

/** A worker that runs the code of an asset. */
export function worker(name) {
  if (!bundle) return new Worker(name);
  const code = document.getElementById("worker").textContent;
  return new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
}
