import { readFile } from 'node:fs/promises';
import ort from 'onnxruntime-node';
import sharp from 'sharp';

const MEAN = [0.485, 0.456, 0.406];
const STD = [0.229, 0.224, 0.225];
const CHANNELS = 3;

/** From an image file's bytes to its best labels. */
export class Classifier {
  #session;
  #labels;
  #input;
  #output;
  #shape;
  #kernel;
  #tables = normalisationTables();
  #spare = [];

  static async load({ model, labels, ortThreads, sharpThreads, kernel }) {
    sharp.concurrency(sharpThreads);
    // The same bytes are not decoded twice: keeping results would only cost memory.
    sharp.cache(false);
    const session = await ort.InferenceSession.create(model, {
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      intraOpNumThreads: ortThreads,
      interOpNumThreads: 1,
    });
    const names = (await readFile(labels, 'utf8')).trimEnd().split('\n');
    return new Classifier(session, names, kernel);
  }

  constructor(session, labels, kernel) {
    this.#session = session;
    this.#labels = labels;
    this.#kernel = kernel;
    this.#input = session.inputNames[0];
    this.#output = session.outputNames[0];
    const [, channels, height, width] = session.inputMetadata[0].shape;
    if (channels !== CHANNELS || !Number.isInteger(height) || !Number.isInteger(width)) {
      throw new Error(`the model's input is [${session.inputMetadata[0].shape}]; expected [n, 3, height, width] with fixed sides`);
    }
    this.#shape = [1, CHANNELS, height, width];
  }

  get labelCount() {
    return this.#labels.length;
  }

  async classify(image, topK) {
    const pixels = await this.#decode(image);
    const [, , height, width] = this.#shape;
    // Tensors are lent out again: a new one for every call is 600 kB for the collector to zero and to find.
    const tensor = this.#spare.pop() ?? new ort.Tensor('float32', new Float32Array(CHANNELS * height * width), this.#shape);
    try {
      this.#normalise(pixels, tensor.data);
      const outputs = await this.#session.run({ [this.#input]: tensor });
      return this.#best(outputs[this.#output].data, topK);
    } finally {
      this.#spare.push(tensor);
    }
  }

  /** Bytes of interleaved RGB at the size the model takes; sharp has libjpeg scale the image down as it decodes. */
  async #decode(image) {
    const [, , height, width] = this.#shape;
    try {
      return await sharp(image)
        .autoOrient()
        .resize(width, height, { fit: 'cover', kernel: this.#kernel })
        .flatten({ background: '#ffffff' })
        .toColourspace('srgb')
        .raw()
        .toBuffer();
    } catch (error) {
      error.statusCode = 400;
      throw error;
    }
  }

  #normalise(pixels, planes) {
    const [red, green, blue] = this.#tables;
    const area = planes.length / CHANNELS;
    for (let cell = 0, byte = 0; cell < area; cell++, byte += CHANNELS) {
      planes[cell] = red[pixels[byte]];
      planes[cell + area] = green[pixels[byte + 1]];
      planes[cell + 2 * area] = blue[pixels[byte + 2]];
    }
  }

  #best(logits, topK) {
    const order = largest(logits, topK);
    const peak = logits[order[0]];
    let total = 0;
    for (let index = 0; index < logits.length; index++) {
      total += Math.exp(logits[index] - peak);
    }
    return order.map((index) => ({ label: this.#labels[index], score: Math.exp(logits[index] - peak) / total }));
  }
}

/** One table of 256 normalised values a channel. */
function normalisationTables() {
  return MEAN.map((mean, channel) => Float32Array.from({ length: 256 }, (_, value) => (value / 255 - mean) / STD[channel]));
}

/** Indices of the `count` largest values, largest first; `count` is small, so one pass with insertion beats a sort. */
function largest(values, count) {
  const order = [];
  for (let index = 0; index < values.length; index++) {
    if (order.length === count && values[index] <= values[order[count - 1]]) {
      continue;
    }
    let place = order.length;
    while (place > 0 && values[order[place - 1]] < values[index]) {
      place--;
    }
    order.splice(place, 0, index);
    order.length = Math.min(order.length, count);
  }
  return order;
}
