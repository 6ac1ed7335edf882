// Stands for laz-perf where copc.js asks for it: points are decoded in the worker.
export function createLazPerf() {
  throw new Error("points are decoded in the worker");
}
