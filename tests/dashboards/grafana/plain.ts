// JSON has no enums: where Grafana's types want one, its values are what a file may say.
import type {
  Dashboard as AnyDashboard,
  Panel,
  RowPanel,
} from "./node_modules/@grafana/schema/dist/esm/raw/dashboard/x/dashboard_types.gen";
import type * as bargauge from "./node_modules/@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen";
import type * as stat from "./node_modules/@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen";
import type * as table from "./node_modules/@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen";
import type * as text from "./node_modules/@grafana/schema/dist/esm/raw/composable/text/panelcfg/x/TextPanelCfg_types.gen";
import type * as timeseries from "./node_modules/@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";

type Plain<T> = T extends string
  ? `${T}`
  : T extends (infer U)[]
    ? Plain<U>[]
    : T extends object
      ? { [K in keyof T]: Plain<T[K]> }
      : T;

type Field<C> = Omit<NonNullable<Panel["fieldConfig"]>, "defaults"> & {
  defaults: Omit<NonNullable<Panel["fieldConfig"]>["defaults"], "custom"> & { custom?: C };
};
type Of<Kind extends string, Options, Custom> = Omit<Panel, "type" | "options" | "fieldConfig"> & {
  type: Kind;
  options?: Partial<Options>;
  fieldConfig?: Field<Partial<Custom>>;
};
type Known =
  | Of<"bargauge", bargauge.Options, Record<string, never>>
  | Of<"stat", stat.Options, Record<string, never>>
  | Of<"table", table.Options, table.FieldConfig>
  | Of<"text", text.Options, Record<string, never>>
  | Of<"timeseries", timeseries.Options, timeseries.FieldConfig>;

// What belongs to one kind of variable, or to one data source's annotations, is not in the published types.
type Variable = NonNullable<NonNullable<AnyDashboard["templating"]>["list"]>[number] & {
  auto?: boolean;
  auto_min?: string;
  auto_count?: number;
};
type Annotation = NonNullable<NonNullable<AnyDashboard["annotations"]>["list"]>[number] & { expr?: string };

export type Dashboard = Plain<
  Omit<AnyDashboard, "panels" | "templating" | "annotations"> & {
    panels: (Known | RowPanel)[];
    templating: { list: Variable[] };
    annotations: { list: Annotation[] };
  }
>;
