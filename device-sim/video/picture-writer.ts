import type { CodedRun, SliceWriter } from './codec.ts';

/** Puts one picture together from left to right and top to bottom; what is left out is as the IDR shows it. */
export class PictureWriter {
  private readonly slices: SliceWriter;
  private readonly columns: number;
  private readonly units: Buffer[] = [];
  private next = 0;

  constructor(slices: SliceWriter, columns: number, sinceIdr: number) {
    this.slices = slices;
    this.columns = columns;
    slices.start(sinceIdr);
  }

  run(row: number, from: number, to: number, run: CodedRun): void {
    const address = row * this.columns + from;
    this.skipTo(address);
    this.units.push(this.slices.run(address, run));
    this.next = row * this.columns + to;
  }

  /** The units; up to `blocks` the rest is skipped. */
  end(blocks = this.next): Buffer[] {
    this.skipTo(blocks);
    return this.units;
  }

  private skipTo(address: number): void {
    if (address <= this.next) return;
    this.units.push(this.slices.skip(this.next, address - this.next));
    this.next = address;
  }
}
