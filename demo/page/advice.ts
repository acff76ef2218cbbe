/** What to do where there is no adapter: steps for this browser and system. */
export function adviceFor(userAgent: string, secure: boolean): readonly string[] {
  if (!secure)
    return ["This page was opened over an insecure connection, where browsers switch WebGPU off: open it over https, or from this machine."];
  const linux = /Linux/.test(userAgent) && !/Android/.test(userAgent);
  if (/Firefox\//.test(userAgent)) return firefox(userAgent, linux);
  if (/Edg\/|Chrome\/|Chromium\//.test(userAgent)) return chromium(userAgent, linux);
  if (/Safari\//.test(userAgent))
    return [
      "Safari has WebGPU from version 26 on, on macOS, iOS and iPadOS 26 and later: update the system.",
      "On older systems, Chrome or Edge on a Mac have it.",
    ];
  return ["WebGPU is in Chrome and Edge from version 113 on, in Safari from 26 on, and in Firefox on Windows and on Macs with Apple's chips."];
}

function chromium(userAgent: string, linux: boolean): readonly string[] {
  const version = Number(/(?:Chrome|Chromium)\/(\d+)/.exec(userAgent)?.[1] ?? 0);
  const settings = "Open chrome://gpu (in Edge edge://gpu): the line 'WebGPU' says whether it is switched on, and why not.";
  const hardware = "In the browser's settings, under 'System', 'Use graphics acceleration when available' must be on.";
  if (linux)
    return [
      "On Linux, Chrome uses the GPU from version 144 on for newer Intel chips and from 147 on for NVIDIA with driver 535 or later.",
      "For others, start it with: --enable-unsafe-webgpu --ozone-platform=x11 --use-angle=vulkan --enable-features=Vulkan,VulkanFromANGLE",
      "Without a GPU, a software adapter is slow but works: --enable-unsafe-webgpu --use-webgpu-adapter=swiftshader",
      settings,
    ];
  if (/Android/.test(userAgent)) return ["On Android, WebGPU needs Chrome 121 or later and Android 12 or later: update both.", settings];
  return [...(version > 0 && version < 113 ? ["WebGPU came with version 113: update the browser."] : []), hardware, settings];
}

function firefox(userAgent: string, linux: boolean): readonly string[] {
  if (linux)
    return [
      "Firefox on Linux has no WebGPU in its stable version: use Chrome or Chromium, or set dom.webgpu.enabled to true in about:config of Firefox Nightly.",
    ];
  if (/Macintosh/.test(userAgent))
    return ["Firefox has WebGPU on Macs with Apple's chips, from version 145 (macOS 26) or 147 (older systems): update it."];
  return ["Firefox has WebGPU on Windows from version 141 on: update it.", "In about:config, dom.webgpu.enabled must be true."];
}
