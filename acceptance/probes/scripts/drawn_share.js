async (png) => {
  const image = new Image();
  image.src = `data:image/png;base64,${png}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  const [left, top] = [Math.ceil(image.width * 0.04), Math.ceil(image.height * 0.04)];
  const [width, height] = [image.width - 2 * left, image.height - 2 * top];
  const data = new Uint32Array(pen.getImageData(left, top, width, height).data.buffer);
  const counts = new Map();
  for (const pixel of data) counts.set(pixel, (counts.get(pixel) || 0) + 1);
  const ground = [...counts.entries()].sort((a, b) => b[1] - a[1])[0][0];
  const rows = new Array(height).fill(0), columns = new Array(width).fill(0);
  for (let i = 0; i < data.length; i++) if (data[i] !== ground) { rows[Math.floor(i / width)]++; columns[i % width]++; }
  const line = rows.map((n) => n > width * 0.9), axis = columns.map((n) => n > height * 0.9);
  const drawn = new Array(width).fill(false);
  for (let i = 0; i < data.length; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    if (data[i] !== ground && !line[y] && !axis[x]) drawn[x] = true;
  }
  return drawn.filter(Boolean).length / width;
}
