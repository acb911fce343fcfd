/** One topic as GetEventProperties describes it: item names with their schema types, in order. */
export interface TopicDescription {
  topic: string;
  property: boolean;
  source: Record<string, string>;
  data: Record<string, string>;
  /** Element items of Data. */
  elements?: Record<string, string>;
}
