import { t } from "../../messages";

interface SliderProps {
  id: string;
  label: string;
  /** Where the slider stands, and how far it goes; 1 is 100 %. */
  value: number;
  largest: number;
  step?: number;
  disabled?: boolean;
  onInput: (value: number) => void;
  onRest?: () => void;
}

/** A slider in percent, with its value beside its name. */
export function Slider({ id, label, value, largest, step = 0.05, disabled, onInput, onRest }: SliderProps) {
  const text = t().percent(Math.round(100 * value));
  return (
    <div class="slider">
      <label for={id} id={`${id}-label`}>
        {label}
      </label>
      <span class="value" id={`${id}-value`} aria-hidden="true">
        {text}
      </span>
      <input
        type="range"
        id={id}
        min="0"
        max={Math.round(100 * largest)}
        step={100 * step}
        value={Math.round(100 * value)}
        aria-valuetext={text}
        disabled={disabled}
        onInput={(event) => onInput(event.currentTarget.valueAsNumber / 100)}
        onChange={onRest}
      />
    </div>
  );
}
