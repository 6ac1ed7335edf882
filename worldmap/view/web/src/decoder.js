// A few workers that decode, each busy with one chunk at a time.

import * as store from "./store.js";

const MOST = 4;

export class Decoder {
  constructor() {
    // One processor is left for drawing, where there are several; of two both wait for the points.
    this.size = Math.max(Math.min(MOST, (navigator.hardwareConcurrency || 2) - 1), 2);
    this.idle = [];
    this.queue = [];
    this.waiting = new Map();
    this.next = 1;
    this.started = this.start();
  }

  async start() {
    const wasm = await store.bytes("assets/laz-perf.wasm");
    for (let i = 0; i < this.size; i++) {
      const worker = store.worker("assets/decode.js");
      worker.postMessage({ wasm: wasm.slice().buffer });
      worker.onmessage = ({ data }) => this.finished(worker, data);
      worker.onerror = (event) => this.failed(event.message || "a worker could not start");
      this.idle.push(worker);
    }
    this.pump();
  }

  /** Decode one chunk; resolves to its attributes. */
  decode(task) {
    return new Promise((resolve, reject) => {
      this.queue.push({ task, resolve, reject });
      this.started.then(() => this.pump(), reject);
    });
  }

  pump() {
    while (this.idle.length && this.queue.length) {
      const worker = this.idle.pop();
      const job = this.queue.shift();
      const id = this.next++;
      this.waiting.set(id, job);
      worker.postMessage({ id, task: job.task }, [job.task.compressed.buffer]);
    }
  }

  finished(worker, { id, found, error }) {
    const job = this.waiting.get(id);
    this.waiting.delete(id);
    this.idle.push(worker);
    if (error) job.reject(new Error(error));
    else job.resolve(found);
    this.pump();
  }

  failed(message) {
    for (const job of this.waiting.values()) job.reject(new Error(message));
    this.waiting.clear();
  }
}
