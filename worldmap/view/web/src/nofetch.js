// Stands for cross-fetch, which copc.js would use only for URLs; it is given functions.
export default function fetch() {
  throw new Error("the page fetches by itself");
}
