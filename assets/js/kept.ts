// Files that were chosen stay chosen when a form comes back with something wrong: kept in this browser until then.

const open = () =>
  new Promise<IDBDatabase>((done, fail) => {
    const asked = indexedDB.open("ocop-files", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("files");
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
  });

async function store<T>(mode: IDBTransactionMode, run: (files: IDBObjectStore) => IDBRequest<T>): Promise<T | undefined> {
  try {
    const db = await open();
    return await new Promise<T>((done, fail) => {
      const asked = run(db.transaction("files", mode).objectStore("files"));
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => fail(asked.error);
    });
  } catch { return undefined; } // no such store in a private window: files are chosen again
}

const key = (input: HTMLInputElement) => `${location.pathname} ${input.name}`;

/** Remembers what is chosen as the form is sent. */
export const keep = (input: HTMLInputElement) => store("readwrite", (files) => files.put([...(input.files ?? [])], key(input)));

/** What was chosen before the page came back, if it did. */
export async function kept(input: HTMLInputElement): Promise<File[]> {
  const came = document.querySelector(".error-summary");
  const found = came ? await store<File[]>("readonly", (files) => files.get(key(input))) : undefined;
  await store("readwrite", (files) => files.delete(key(input)));
  return found ?? [];
}
