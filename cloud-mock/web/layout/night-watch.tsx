/** A lamp over dark roofs, its light in rings like a lens. Decoration only. */
export const NightWatch = () => (
  <svg viewBox="0 0 512 800" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
    <defs>
      <radialGradient id="glow" cx="50%" cy="31%" r="62%">
        <stop offset="0" stopColor="#4a56b8" />
        <stop offset="0.45" stopColor="#252c5e" />
        <stop offset="1" stopColor="#12162c" />
      </radialGradient>
      <radialGradient id="lamp">
        <stop offset="0" stopColor="#ffd98a" stopOpacity="0.9" />
        <stop offset="0.35" stopColor="#ffb224" stopOpacity="0.28" />
        <stop offset="1" stopColor="#ffb224" stopOpacity="0" />
      </radialGradient>
      <linearGradient id="fade" x1="0" y1="0" x2="0" y2="1">
        <stop offset="0" stopColor="#12162c" stopOpacity="0" />
        <stop offset="0.5" stopColor="#12162c" stopOpacity="0.92" />
      </linearGradient>
    </defs>
    <rect width="512" height="800" fill="url(#glow)" />
    <g fill="none" stroke="#aab4f0">
      {[78, 132, 190, 252, 320, 396].map((radius, ring) => (
        <circle key={radius} cx="256" cy="248" r={radius} strokeOpacity={0.3 - ring * 0.045} />
      ))}
    </g>
    <g stroke="#aab4f0" strokeOpacity="0.35" strokeLinecap="round">
      {Array.from({ length: 60 }, (_, tick) => {
        const angle = (tick * Math.PI) / 30;
        const from = tick % 5 === 0 ? 180 : 186;
        const at = (radius: number) => [256 + radius * Math.cos(angle), 248 + radius * Math.sin(angle)] as const;
        const [x1, y1] = at(from);
        const [x2, y2] = at(194);
        // biome-ignore lint/suspicious/noArrayIndexKey: a fixed ring of ticks
        return <line key={tick} x1={x1} y1={y1} x2={x2} y2={y2} />;
      })}
    </g>
    <circle cx="256" cy="196" r="150" fill="url(#lamp)" />
    <path
      d="M176 196 256 338 336 196"
      fill="none"
      stroke="#fff"
      strokeWidth="30"
      strokeLinecap="round"
      strokeLinejoin="round"
    />
    <circle cx="256" cy="192" r="28" fill="#ffb224" />
    <path
      d="M0 800V566h58v-34h74v52h40v-92l46-30 46 30v74h66v-46h88v62h46v-30h48v248z"
      fill="#0d1022"
      fillOpacity="0.85"
    />
    <rect y="430" width="512" height="370" fill="url(#fade)" />
  </svg>
);
