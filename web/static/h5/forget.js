"use strict";
// Empties what this phone kept of words that were never sent: their owner has left.

for (const store of ["localStorage", "sessionStorage"]) {
  try {
    for (const key of Object.keys(window[store])) if (key.startsWith("banshishi:")) window[store].removeItem(key);
  } catch { /* a forbidden store holds nothing */ }
}
