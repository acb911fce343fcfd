/*
 * Pairing as a model that Spin checks exhaustively: every order in which a ticket, connections of the right camera, of a
 * thief who saw the ticket and of another camera, crashes of the gateway and of the camera, and the operator can meet.
 *
 *   spin -a pairing.pml && cc -O2 -DSAFETY -o pan pan.c && ./pan -m100000
 *
 * Holds: a ticket buys at most one certificate, only for the camera it names, which knows the label secret; a ticket that
 * has ended buys none; and once everybody is back, camera and gateway agree: paired on both sides or on neither.
 *
 * ARROW(name, from, to, when) is an arrow of ticket-life.ts; a test holds the two tables against each other. Time is left
 * out: whatever a timer may do, it may do at any moment, which is more than real timers can.
 */
#define TRIES 2       /* five in the product; the same arrows are taken */
#define CONNECTIONS 2
#define ATTEMPTS 4
#define TICKETS 2
#define CRASHES 2

#define ARROW(name, from, to, when) (ticket == from && (when)) -> ticket = to

mtype = { none, open, claimed, proving, issued, expired, burned };
mtype = { camera, thief, other };

/* The gateway's disk. */
mtype ticket = none;
byte number = 0;      /* of the ticket */
byte tries, holder;
byte bought;          /* certificates this ticket has bought */
byte current = 0;     /* the good certificate, by the number of its ticket; 0: none */
bool used;            /* the camera has come with it */

/* The camera's disk, and its power. */
byte kept = 0;        /* the certificate it has; 0: unpaired */
bool busy;            /* a pairing is going on */
byte cameraBoot = 0;

bool up = true;       /* the gateway runs */
byte gatewayBoot = 0;
byte attempts = 0, crashes = 0;

inline endConnection() {
  if
  :: who == camera && cameraBoot == bootOfCamera -> busy = false
  :: else
  fi
}

/* The try is spent: open again while some are left, burned after the last. */
inline giveBack() {
  if
  :: ARROW(giveBack, claimed, open, holder == me && tries < TRIES)
  :: ARROW(giveBack, claimed, burned, holder == me && tries >= TRIES)
  :: ARROW(giveBack, proving, open, holder == me && tries < TRIES)
  :: ARROW(giveBack, proving, burned, holder == me && tries >= TRIES)
  :: else
  fi
}

#define HANDLED (up && gatewayBoot == bootOfGateway)
#define GONE (who == camera && cameraBoot != bootOfCamera)

active [CONNECTIONS] proctype Connection() {
  byte me = _pid + 1, mine, bootOfGateway, bootOfCamera;
  mtype who;
end_idle:
  do
  :: d_step { up && ticket != none && attempts < ATTEMPTS ->
       attempts++; bootOfGateway = gatewayBoot; bootOfCamera = cameraBoot }
     atomic {
       if
       :: !busy && kept == 0 -> who = camera; busy = true
       :: who = thief
       :: who = other
       fi
     }

     /* hello: the ticket is claimed by the serial it names, or nothing happens */
     if
     :: atomic { ARROW(claim, open, claimed, HANDLED && who != other && tries < TRIES); tries++; holder = me; mine = number }
     :: atomic { !HANDLED || who == other || ticket != open || tries >= TRIES -> endConnection(); goto end_idle }
     fi;

     /* challenge: the gateway proves first */
     if
     :: atomic { ARROW(prove, claimed, proving, HANDLED && holder == me) }
     :: atomic { HANDLED && (ticket != claimed || holder != me) -> endConnection(); goto end_idle }
     :: atomic { !HANDLED -> endConnection(); goto end_idle }
     :: atomic { HANDLED && (GONE || who != camera) -> giveBack(); endConnection(); goto end_idle }
     fi;

     /* proof: right from the camera alone; a thief guesses wrong or leaves */
     if
     :: atomic { ARROW(issue, proving, issued, HANDLED && holder == me && who == camera && !GONE);
          assert(bought == 0); bought++; current = mine; used = false }
     :: atomic { HANDLED && (GONE || who != camera) -> giveBack(); endConnection(); goto end_idle }
     :: atomic { HANDLED && (ticket != proving || holder != me) -> endConnection(); goto end_idle }
     :: atomic { !HANDLED -> endConnection(); goto end_idle }
     fi;
     assert(who == camera);

     /* issued: may be on the wire when the gateway dies, and may be lost */
     if
     :: atomic { !GONE -> kept = mine; endConnection() }
     :: atomic { endConnection() }
     fi
  od
}

active proctype Operator() {
end:
  do
  :: d_step { up && number < TICKETS && (ticket == none || ticket == issued || ticket == expired || ticket == burned) ->
       number++; ticket = open; tries = 0; holder = 0; bought = 0 }
  :: d_step { ARROW(replace, open, burned, up) }
  :: d_step { ARROW(cancel, open, burned, up) }
  :: d_step { ARROW(cancel, claimed, burned, up) }
  :: d_step { ARROW(cancel, proving, burned, up) }
  :: d_step { ARROW(disown, open, burned, up) }
  :: d_step { ARROW(disown, claimed, burned, up) }
  :: d_step { ARROW(disown, proving, burned, up) }
  od
}

active proctype Timers() {
end:
  do
  :: d_step { ARROW(expire, open, expired, up) }
  :: d_step { ARROW(expire, claimed, expired, up) }
  :: d_step { ARROW(expire, proving, expired, up) }
  /* a certificate nobody came with is taken back; an operator may remove a paired camera at any time too */
  :: d_step { up && current != 0 && !used -> current = 0 }
  od
}

active proctype PairedCamera() {
end:
  do
  :: d_step { up && kept != 0 && kept == current && !used -> used = true }
  /* refused by a gateway that the pinned CA vouches for: it was taken back */
  :: d_step { up && kept != 0 && kept != current -> kept = 0 }
  od
}

active proctype Remover() {
end:
  do
  :: d_step { up && current != 0 && used && crashes < CRASHES -> crashes++; current = 0; used = false }
  od
}

active proctype Crashes() {
end:
  do
  :: d_step { up && crashes < CRASHES -> crashes++; up = false; gatewayBoot++ }
  :: atomic { !up ->
       if
       :: ARROW(release, claimed, open, tries < TRIES)
       :: ARROW(release, claimed, burned, tries >= TRIES)
       :: ARROW(release, proving, open, tries < TRIES)
       :: ARROW(release, proving, burned, tries >= TRIES)
       :: else
       fi;
       holder = 0; up = true }
  /* the camera loses what it did not write down */
  :: d_step { crashes < CRASHES -> crashes++; cameraBoot++; busy = false }
  od
}

/* Nothing moves any more. */
active proctype Judge() {
  timeout -> assert(kept == current && (current == 0 || used))
}
