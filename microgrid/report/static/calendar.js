/* Dates in words and ticks at round local times. */
"use strict";

(() => {
  const { DAY } = microgrid;
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

  /** Fields of a local time in seconds; read as UTC, since the offset is already in it. */
  function fields(wall) {
    const date = new Date(wall * 1000);
    return {
      year: date.getUTCFullYear(), month: date.getUTCMonth(), day: date.getUTCDate(), weekday: date.getUTCDay(),
      hour: date.getUTCHours(), minute: date.getUTCMinutes(), second: date.getUTCSeconds(),
    };
  }

  function clockText(wall) {
    const { hour, minute, second } = fields(wall);
    const two = (value) => String(value).padStart(2, "0");
    return second ? `${two(hour)}:${two(minute)}:${two(second)}` : `${two(hour)}:${two(minute)}`;
  }

  function dayText(wall, { weekday = true, year = true } = {}) {
    const at = fields(wall);
    return `${weekday ? `${WEEKDAYS[at.weekday]} ` : ""}${at.day} ${MONTHS[at.month]}${year ? ` ${at.year}` : ""}`;
  }

  /** ``UTC+2``, shown with the hours so that the hour repeated in autumn is not ambiguous. */
  function offsetText(offset) {
    const sign = offset < 0 ? "\u2212" : "+";
    const minutes = Math.abs(Math.round(offset / 60));
    const rest = minutes % 60 ? `:${String(minutes % 60).padStart(2, "0")}` : "";
    return `UTC${sign}${Math.floor(minutes / 60)}${rest}`;
  }

  /** Text of a bin's period for a tooltip: one day, several days, or a day with hours. */
  function spanText(from, to, clock) {
    const [a, b] = [clock.local(from), clock.local(to)];
    if (a % DAY === 0 && b % DAY === 0) {
      return b - a <= DAY ? dayText(a) : `${dayText(a, { year: false })} to ${dayText(b - DAY)}`;
    }
    const until = b % DAY === 0 ? "24:00" : clockText(b);
    return `${dayText(a)}, ${clockText(a)}\u2013${until}, ${offsetText(clock.offsetAt(from))}`;
  }

  /** Text of the period on show, for its label. */
  function windowText(from, to, clock) {
    const [a, b] = [clock.local(from), clock.local(to)];
    const last = b - 1;
    const whole = a % DAY === 0 && b % DAY === 0;
    if (Math.floor(a / DAY) === Math.floor(last / DAY)) {
      return whole ? dayText(a) : `${dayText(a)}, ${clockText(a)} to ${b % DAY === 0 ? "24:00" : clockText(b)}`;
    }
    return `${dayText(a, { year: fields(a).year !== fields(last).year })} to ${dayText(last)}`;
  }

  /** First second of the local day, week (Monday), month or year that holds a local time. */
  function startOf(unit, wall) {
    const at = fields(wall);
    if (unit === "year") return Date.UTC(at.year, 0, 1) / 1000;
    if (unit === "month") return Date.UTC(at.year, at.month, 1) / 1000;
    const day = Math.floor(wall / DAY) * DAY;
    return unit === "week" ? day - ((at.weekday + 6) % 7) * DAY : day;
  }

  /** Start of the calendar unit that is `count` units later. */
  function later(unit, wall, count) {
    const at = fields(wall);
    if (unit === "year") return Date.UTC(at.year + count, 0, 1) / 1000;
    if (unit === "month") return Date.UTC(at.year, at.month + count, 1) / 1000;
    return wall + count * DAY * (unit === "week" ? 7 : 1);
  }

  const STEPS = [
    ["hour", 1], ["hour", 2], ["hour", 3], ["hour", 6], ["hour", 12], ["day", 1], ["day", 2], ["week", 1], ["week", 2],
    ["month", 1], ["month", 2], ["month", 3], ["month", 6], ["year", 1],
  ];
  const LENGTH = { hour: 3600, day: DAY, week: 7 * DAY, month: 30.4 * DAY, year: 365 * DAY };

  /** Ticks at round local times: as many as fit the width, in UTC seconds. */
  function ticks(from, to, clock, width) {
    const wanted = Math.max(2, width / 60);
    const [unit, count] = STEPS.find(([u, c]) => (to - from) / (LENGTH[u] * c) <= wanted) || STEPS[STEPS.length - 1];
    const end = clock.local(to);
    const found = [];
    if (unit === "hour") {
      for (let wall = startOf("day", clock.local(from)); wall <= end; wall += count * 3600) found.push(wall);
    } else {
      const base = unit === "month" ? "year" : unit;
      for (let wall = startOf(base, clock.local(from)); wall <= end; wall = later(unit, wall, count)) found.push(wall);
    }
    return found.map((wall) => clock.utc(wall)).filter((time) => time >= from && time <= to);
  }

  /** Label of a tick: the hour, or the day at midnight, or the month on its first day in a long period. */
  function tickText(time, clock, span) {
    const wall = clock.local(time);
    const at = fields(wall);
    if (wall % DAY !== 0) return clockText(wall);
    if (span > 75 * DAY && at.day === 1) return at.month === 0 ? `${MONTHS[0]} ${at.year}` : MONTHS[at.month];
    return span < 9 * DAY ? dayText(wall, { year: false }) : dayText(wall, { weekday: false, year: false });
  }

  Object.assign(microgrid, { spanText, windowText, startOf, later, ticks, tickText, dayText, monthName: (m) => MONTHS[m] });
})();
