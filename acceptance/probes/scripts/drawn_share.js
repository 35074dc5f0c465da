// Share of a picture's columns in which something but axes and grid is drawn. Edges count, so that any ground will do.
async (png) => {
  const image = new Image();
  image.src = `data:image/png;base64,${png}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  const [left, top] = [Math.ceil(image.width * 0.04), Math.ceil(image.height * 0.04)];
  const [width, height] = [image.width - 2 * left, Math.floor(image.height * 0.9) - top]; // below are a time axis' labels
  const data = pen.getImageData(left, top, width, height).data;
  const differ = (a, b) => [0, 1, 2].some((channel) => Math.abs(data[a + channel] - data[b + channel]) > 12);
  const drawn = new Array(width).fill(false);
  for (let y = 2; y < height; y++) {
    const marks = [];
    for (let x = 2; x < width; x++) {
      const at = 4 * (y * width + x);
      if (differ(at, at - 8) || differ(at, at - 8 * width)) marks.push(x);
    }
    if (!isLine(marks, width)) for (const x of marks) drawn[x] = true;
  }
  return drawn.filter(Boolean).length / width;

  // Whether a row's marks are a line over half of the picture, in one piece or in even dashes.
  function isLine(marks, width) {
    const runs = [];
    for (const x of marks) {
      const last = runs.at(-1);
      if (last && x === last[1] + 1) last[1] = x;
      else runs.push([x, x]);
    }
    if (runs.some(([from, to]) => to - from > width / 2)) return true;
    const even = (lengths) => {
      const middle = [...lengths].sort((a, b) => a - b)[lengths.length >> 1];
      return lengths.filter((length) => Math.abs(length - middle) <= 1).length >= lengths.length * 0.8;
    };
    return runs.length > 8 && marks.at(-1) - marks[0] > width / 2
      && even(runs.map(([from, to]) => to - from)) && even(runs.slice(1).map(([from], i) => from - runs[i][1]));
  }
}
