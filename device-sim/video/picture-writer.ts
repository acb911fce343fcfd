import type { CodedRun, SliceWriter } from './codec.ts';

/** Puts one picture together from left to right and top to bottom; what is left out is as the IDR shows it. */
export class PictureWriter {
  private readonly slices: SliceWriter;
  private readonly columns: number;
  private next = 0;

  constructor(slices: SliceWriter, columns: number) {
    this.slices = slices;
    this.columns = columns;
  }

  run(row: number, from: number, to: number, run: CodedRun): void {
    const address = row * this.columns + from;
    this.skipTo(address);
    this.slices.run(address, run);
    this.next = row * this.columns + to;
  }

  /** The rest, up to `blocks` in all, is skipped. */
  end(blocks: number): void {
    this.skipTo(blocks);
  }

  private skipTo(address: number): void {
    if (address <= this.next) return;
    this.slices.skip(this.next, address - this.next);
    this.next = address;
  }
}
