/** What is installed on the server, and what it is told: for the pages that look after it. */
import { useQuery } from "@tanstack/react-query";
import { api, content, type Schemas } from "./client";

export type Plugin = Schemas["PluginInfo"];
export type SettingInfo = Schemas["SettingInfo"];

export const usePlugins = () =>
  useQuery({
    queryKey: ["plugins"],
    queryFn: async ({ signal }) => (await content(api.GET("/api/v1/plugins", { signal }))).plugins,
  });

export const useServer = () =>
  useQuery({ queryKey: ["server"], queryFn: ({ signal }) => content(api.GET("/api/v1/server", { signal })) });

export const useSettings = () =>
  useQuery({
    queryKey: ["settings"],
    queryFn: async ({ signal }) => (await content(api.GET("/api/v1/settings", { signal }))).settings,
  });
