/** Studio: everything that the page shows and its panels change. Panels call its methods and hear of changes. */
import { MemoryRun, type Config, type MetricRecord } from '../src/browser.ts';
import { baselinesOf, type Baselines } from './baselines.ts';
import { experimentOf, FIRST, fromHash, resolved, toHash, type Experiment } from './experiment.ts';
import { keep, kept } from './keep.ts';
import { lessonOf, type Lesson } from './lessons.ts';
import { packedFolder, type Located } from './folder.ts';
import { History } from './history.ts';
import type { Weights } from './protocol.ts';
import { Stage } from './stage.ts';
import { Training } from './training.ts';
import type { WorldCanvas } from './world-canvas.ts';

/** World steps a second at speed 1: MPE's. */
export const PACE = 10;
/** Seconds that the last frame of an episode stays. */
const LINGER_S = 0.6;
/** Most steps between two frames: beyond that the world falls behind rather than the page. */
const MOST_STEPS = 40;

/** A run to go on with. */
interface SavedRun {
  /** As zip. */
  readonly bytes: Uint8Array;
  readonly config: Config;
  readonly records: readonly MetricRecord[];
  readonly step: number;
}

export class Studio {
  experiment: Experiment;
  config!: Config;
  /** What the configuration says besides: lines of warnings. */
  notes: readonly string[] = [];
  training!: Training;
  stage!: Stage;
  /** The stage of an earlier moment, if it is compared. */
  past: Stage | null = null;
  /** Step of that moment. */
  pastStep = 0;
  history!: History;
  baselines: Baselines | null = null;
  /** Index of the chosen agent. */
  chosen: number | null = null;
  /** Of the world: 1 is MPE's. */
  speed = 1;
  /** Training steps a second, at most. */
  pace = Infinity;
  names = false;
  /** Whether the world stands still: for tests. */
  frozen = false;
  /** What a hand drags, where to. */
  held: { readonly k: number; readonly x: number; readonly y: number } | null = null;
  /** The lesson under way. */
  lesson: Lesson | null = null;
  /** Whether the run is kept in the browser, for people. */
  keeps = '';
  /** What draws the stage. */
  view: WorldCanvas | null = null;
  /** Lines at the top: what went wrong. */
  faults: readonly string[] = [];
  #weights: Weights | null = null;
  #seed = 0;
  /** Share of the present step that has passed. */
  #share = 0;
  #lingered = 0;
  #rememberedAt = -1;
  readonly #listeners = new Set<() => void>();

  constructor() {
    this.experiment = FIRST;
    this.visit(location.hash);
    if ((this.config as Config | undefined) === undefined) this.begin(FIRST);
  }

  /** Begins what an address asks for, or says what is wrong with it. */
  visit(hash: string): void {
    this.#attempt(() => {
      this.follow(hash);
    });
  }

  /** Begins what an address asks for. @throws UserError for one that makes no sense */
  follow(hash: string): void {
    const { experiment, lesson } = fromHash(hash);
    if (lesson === null) this.begin(experiment);
    else this.teach(lessonOf(lesson));
  }

  /** Begins a lesson. */
  teach(lesson: Lesson): void {
    this.begin(lesson);
    this.lesson = lesson;
    history.replaceState(null, '', toHash(lesson, lesson.name));
    this.changed();
  }

  /** Hears of changes; returns how to stop. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Trains an experiment from its start, or on from a run. @throws UserError, with everything as before */
  begin(experiment: Experiment, run?: SavedRun): void {
    const { config, warnings } = run ? { config: run.config, warnings: [] } : resolved(experiment);
    const stage = new Stage(config, this.#seed);
    this.experiment = experiment;
    this.config = config;
    this.notes = warnings;
    this.stage = stage;
    this.lesson = null;
    this.#rememberedAt = -1;
    this.past = null;
    this.pastStep = 0;
    this.chosen = null;
    this.held = null;
    this.frozen = false;
    this.#share = 0;
    this.#weights = null;
    this.history = new History(config.running_steps);
    this.baselines = null;
    const ofConfig = config;
    void baselinesOf(config).then((baselines) => {
      if (this.config !== ofConfig) return;
      this.baselines = baselines;
      this.changed();
    });
    this.#train(run?.bytes);
    if (run) this.training.goOnFrom(run.step, run.records);
    history.replaceState(null, '', toHash(experiment));
    this.changed();
  }

  /** Goes on with a run that somebody saved as zip. */
  load(zip: Promise<ArrayBuffer>): Promise<void> {
    return this.#load(zip.then((bytes) => new Uint8Array(bytes)));
  }

  /** Goes on with a run directory, or one checkpoint of it. */
  loadFolder(files: Promise<readonly Located[]>): Promise<void> {
    return this.#load(files.then(packedFolder));
  }

  async #load(zip: Promise<Uint8Array>): Promise<void> {
    try {
      this.open(await zip);
      this.set({ faults: [] });
    } catch (error) {
      this.set({ faults: faultsOf(error) });
    }
  }

  /** Acts, or says what is wrong. */
  #attempt(act: () => void): void {
    try {
      act();
      this.set({ faults: [] });
    } catch (error) {
      this.set({ faults: faultsOf(error) });
    }
  }

  /** Goes on with a run as zip. @throws UserError */
  open(bytes: Uint8Array, experiment?: Experiment): void {
    const { config, records, snapshot } = MemoryRun.open(bytes);
    this.begin(experiment ?? experimentOf(config), { bytes, config, records, step: snapshot.state.step });
  }

  /** Trains a run that has ended on, half as long again. */
  async trainOn(): Promise<void> {
    const { experiment, lesson, history: earlier } = this;
    const bytes = await this.training.zip();
    if (!bytes) return;
    const { config, records, snapshot } = MemoryRun.open(bytes);
    const { step } = snapshot.state;
    const limits = {
      running_steps: step + Math.ceil(config.running_steps / 2),
      stop_at_return: null,
      max_wall_s: null,
    };
    const { running_steps } = limits;
    const changes = { ...experiment.changes, running_steps: String(running_steps) };
    this.begin({ ...experiment, changes }, { bytes, config: { ...config, ...limits }, records, step });
    this.history = earlier;
    this.lesson = lesson;
    this.changed();
  }

  /** Goes on with the run that this browser keeps for the address; otherwise nothing happens. */
  async recall(): Promise<void> {
    try {
      const found = await kept();
      const hash = location.hash;
      if (found && found.hash === this.#address) {
        const { lesson } = this;
        this.open(found.zip, this.experiment);
        this.lesson = lesson;
        history.replaceState(null, '', hash);
        if (found.wasPaused) this.training.pause();
      }
      this.keeps = 'This browser saves the run: reload the page to continue it.';
    } catch (error) {
      if (!(error instanceof DOMException) && !('faults' in (error as object))) throw error;
      this.keeps = 'This browser cannot save the run: reloading the page starts over.';
    }
    this.changed();
  }

  /** Keeps the run as it is now in the browser. */
  async remember(): Promise<void> {
    const { training } = this;
    if (
      training.standing === 'failed' ||
      training.standing === 'starting' ||
      training.step === this.#rememberedAt
    )
      return;
    const zip = await training.zip();
    if (!zip || training !== this.training) return;
    this.#rememberedAt = training.step;
    try {
      await keep({ hash: this.#address, zip, wasPaused: training.standing === 'paused' });
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      this.keeps = 'This browser cannot save the run: reloading the page starts over.';
      this.changed();
    }
  }

  get #address(): string {
    return this.lesson ? toHash(this.lesson, this.lesson.name) : toHash(this.experiment);
  }

  restart(): void {
    this.#attempt(() => {
      if (this.lesson) this.teach(this.lesson);
      else this.begin(this.experiment);
    });
  }

  #train(run?: Uint8Array): void {
    (this.training as Training | undefined)?.dispose();
    this.training = new Training(
      this.config,
      { run, paused: false, pace: this.pace },
      {
        changed: () => {
          this.changed();
        },
        weights: (weights, step) => {
          this.#weights = weights;
          this.history.add(step, weights);
        },
      },
    );
  }

  toggle(): void {
    if (this.training.standing === 'paused') this.training.go();
    else this.training.pause();
    this.changed();
  }

  setPace(stepsPerSecond: number): void {
    this.pace = stepsPerSecond;
    this.training.pace(stepsPerSecond);
    this.changed();
  }

  set(values: Partial<Pick<Studio, 'speed' | 'names' | 'frozen' | 'chosen' | 'faults'>>): void {
    Object.assign(this, values);
    this.changed();
  }

  /** Takes an agent over; null gives it back. */
  steer(agent: number | null): void {
    this.stage.steered = agent === null ? null : { agent, push: { x: 0, y: 0 } };
    if (agent !== null) {
      this.chosen = agent;
      this.frozen = false;
    }
    this.changed();
  }

  push(x: number, y: number): void {
    if (this.stage.steered) this.stage.steered.push = { x, y };
  }

  /** Drags entity k to a place, or lets go. */
  drag(held: Studio['held']): void {
    this.held = held;
    this.stage.held = held !== null;
    if (held) this.#place();
  }

  /** Compares with what was learned by a step; null ends it. */
  compare(step: number | null): void {
    if (step === null) this.past = null;
    else {
      const moment = this.history.at(step);
      this.pastStep = moment?.step ?? 0;
      if (!this.past) {
        this.past = new Stage(this.config, this.#seed);
        this.nextEpisode();
      }
      if (moment) this.past.learn(moment.weights);
    }
    this.changed();
  }

  /** Starts an episode, on both stages in the same state. */
  nextEpisode(): void {
    this.#seed += 1;
    this.#share = 0;
    this.#lingered = 0;
    this.stage.begin(this.#seed);
    this.past?.begin(this.#seed);
  }

  /** One step of the world. */
  stepWorld(): void {
    if (this.#weights) {
      this.stage.learn(this.#weights);
      this.#weights = null;
    }
    if (!this.stage.step()) this.nextEpisode();
    else this.past?.step();
    if (this.held) this.#place();
  }

  /** Lets so many seconds pass. Returns the frame time to show, between 0 and the steps taken. */
  pass(seconds: number): number {
    if (this.frozen) return this.stage.steps;
    if (this.stage.over && this.#share >= 1) {
      this.#lingered += seconds * Math.max(1, this.speed);
      if (this.#lingered < LINGER_S) return this.stage.steps;
      this.nextEpisode();
    }
    this.#share += seconds * PACE * this.speed;
    for (let n = 0; this.#share >= 1 && n < MOST_STEPS; n++) {
      if (this.stage.over) return this.stage.steps;
      this.#share -= 1;
      this.stepWorld();
    }
    this.#share = Math.min(this.#share, 1);
    return Math.max(0, this.stage.steps - 1 + this.#share);
  }

  #place(): void {
    const { held } = this;
    if (!held) return;
    this.stage.move(held.k, held.x, held.y);
    this.past?.move(held.k, held.x, held.y);
  }
}

/** Lines for people. */
export function faultsOf(error: unknown): readonly string[] {
  if (error instanceof Error && 'faults' in error) return error.faults as readonly string[];
  throw error;
}
