async () => {
  const found = [];
  for (const [area, store] of [["localStorage", localStorage], ["sessionStorage", sessionStorage]])
    for (let i = 0; i < Math.min(store.length, 100); i++) found.push([area, store.key(i), String(store.getItem(store.key(i))).slice(0, 5000)]);
  const databases = indexedDB.databases ? await indexedDB.databases() : [];
  for (const { name } of databases.slice(0, 10)) {
    const base = await new Promise((done) => { const o = indexedDB.open(name); o.onsuccess = () => done(o.result); o.onerror = () => done(null); });
    if (!base) continue;
    for (const table of [...base.objectStoreNames].slice(0, 20)) {
      const rows = await new Promise((done) => { const r = base.transaction(table).objectStore(table).getAll(null, 50); r.onsuccess = () => done(r.result); r.onerror = () => done([]); });
      rows.forEach((row) => found.push(["IndexedDB", `${name}/${table}`, (JSON.stringify(row) || "").slice(0, 5000)]));
    }
    base.close();
  }
  return found;
}
