/** One forward step: applied once, in the order of names, each in a transaction. Never edit one that was released: add the next. */
export interface Migration {
  /** `0001-people`, as its file is called. */
  name: string;
  statements: string[];
}
