/** Rules of the specification that this simulator decides by (Analytics, annexes A, B and C). */
export const ruleTypes = [
  'CellMotionDetector',
  'LineDetector',
  'FieldDetector',
  'MotionRegionDetector',
  'LoiteringDetector',
  'LineCounting',
  'OccupancyCounting',
] as const;
export type RuleType = (typeof ruleTypes)[number];
