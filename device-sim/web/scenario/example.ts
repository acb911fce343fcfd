/** A night in five minutes; `door` stands for a camera of the fleet at hand. */
export const exampleFor = (door: string) => `name: A night in five minutes
lasts: 5m
steps:
  - { at: 5s, camera: ${door}, do: people 20s }
  - { at: 40s, camera: ${door}, do: network-cut 30s }
  - { at: 90s, every: 30s, until: 4m, do: motion 10s }
  - { at: 2m, fault: { at: onvif, do: delay 3s, times: 5 } }
  - { at: 3m, camera: ${door}, do: power-cut 20s }
`;
