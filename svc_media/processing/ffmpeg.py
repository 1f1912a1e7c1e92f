"""The command lines of ffmpeg and ffprobe. They are fixed: of a stranger's file only numbers get into them.

Each names the one format that the content was found to have, so a playlist is never taken for a film, and
allows no protocol but files and pipes. The input is the file `input` in the job's own folder.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import cache

from svc_media.processing.refusals import SandboxFailed

INPUT = "input"
PROTOCOLS = ("-protocol_whitelist", "file,pipe")
# Frames that come closer than this many seconds to the last one are left out: at most 60 in a second.
_CLOSEST_S = 0.0165
_QUIET = ("-nostdin", "-hide_banner", "-loglevel", "error", "-y")
_BARE = ("-map_metadata", "-1", "-map_chapters", "-1", "-sn", "-dn")
_H264 = ("-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high", "-pix_fmt", "yuv420p", "-sc_threshold", "0")
_AAC = ("-c:a", "aac", "-b:a", "96k", "-ac", "2", "-ar", "48000")


@dataclass(frozen=True)
class Rendition:
    """A size in which a film is kept.

    Attributes:
        name: Its variant's name.
        side: Its shorter side in pixels.
        quality: x264's constant rate factor.
        kilobits: The most it takes in a second.
    """

    name: str
    side: int
    quality: int
    kilobits: int


RENDITIONS = (
    Rendition("video_360", 360, 25, 900),
    Rendition("video_720", 720, 23, 2_800),
    Rendition("video_1080", 1_080, 23, 5_000),
)


@cache
def program(name: str) -> str:
    """Return where `ffmpeg` or `ffprobe` is.

    Raises:
        SandboxFailed: It is not installed.
    """
    found = shutil.which(name, path="/usr/local/bin:/usr/bin:/bin")
    if not found:
        raise SandboxFailed(f"{name} is not installed; run ./charla install")
    return found


def source(form: str) -> list[str]:
    """Return the arguments that name the input and the only format it may have."""
    only_here = ["-enable_drefs", "0"] if form == "mov" else []
    return [*PROTOCOLS, *only_here, "-f", form, "-i", f"file:{INPUT}"]


def probe(form: str) -> list[str]:
    """Return the command that tells as JSON what is in the input."""
    asked = "stream=codec_type,codec_name,width,height,channels:stream_disposition=attached_pic"
    asked += ":stream_side_data=rotation:format=duration"
    limits = ["-probesize", "20M", "-analyzeduration", "20M"]
    return [program("ffprobe"), "-v", "error", *limits, *source(form), "-show_entries", asked, "-of", "json"]


def poster(form: str, at_s: float) -> list[str]:
    """Return the command that draws a telling frame from about `at_s` as `frame.png`, at most 1280 wide or high."""
    small = "scale=w='min(1280,iw)':h='min(1280,ih)':force_original_aspect_ratio=decrease"
    look = ["-an", "-sn", "-dn", "-threads", "2", "-vf", f"thumbnail=24,{small}", "-frames:v", "1"]
    begin = ["-ss", f"{at_s:.3f}"] if at_s > 0 else []
    return [program("ffmpeg"), *_QUIET, *begin, *source(form), *look, "-pix_fmt", "rgb24", "-f", "image2", "frame.png"]


def renditions(form: str, wanted: list[Rendition], longest_s: float, *, has_sound: bool) -> list[str]:
    """Return the command that decodes the film once and writes all renditions, telling how far it is."""
    outputs = [f"[v{place}]" for place in range(len(wanted))]
    slower = f"select='isnan(prev_selected_t)+gte(t-prev_selected_t,{_CLOSEST_S})'"
    graph = [f"[0:v:0]{slower},split={len(wanted)}" + "".join(f"[i{place}]" for place in range(len(wanted)))]
    graph += [f"[i{place}]{_scaled(each.side)}{outputs[place]}" for place, each in enumerate(wanted)]
    command = [program("ffmpeg"), *_QUIET, "-nostats", "-progress", "pipe:1", "-threads", "2", *source(form)]
    command += ["-filter_complex_threads", "1", "-filter_complex", ";".join(graph)]
    for output, each in zip(outputs, wanted, strict=True):
        sound = ["-map", "0:a:0", *_AAC] if has_sound else []
        rate = ["-crf", str(each.quality), "-maxrate", f"{each.kilobits}k", "-bufsize", f"{2 * each.kilobits}k"]
        film = ["-map", output, *_H264, *rate, "-fps_mode", "vfr", "-threads", "2"]
        end = ["-t", f"{longest_s:.0f}", "-max_muxing_queue_size", "4096", "-movflags", "+faststart", "-f", "mp4"]
        command += [*film, *sound, *_BARE, *end, f"file:{each.name}"]
    return command


def _scaled(side: int) -> str:
    """Return the filter that makes the shorter side at most `side`, both even, square pixels."""
    width = f"if(gt(iw,ih),-2,trunc(min({side},iw)/2)*2)"
    height = f"if(gt(iw,ih),trunc(min({side},ih)/2)*2,-2)"
    return f"scale=w='{width}':h='{height}':flags=bicubic,setsar=1,format=yuv420p"


def voice(form: str, *, stereo: bool, longest_s: float) -> list[str]:
    """Return the command that writes the sound as Opus in Ogg, and as AAC for what cannot play that."""
    channels, opus, aac = ("2", "96k", "128k") if stereo else ("1", "32k", "48k")
    shared = ["-map", "0:a:0", "-vn", *_BARE, "-ac", channels, "-ar", "48000", "-t", f"{longest_s:.0f}"]
    ogg = [*shared, "-c:a", "libopus", "-b:a", opus, "-f", "ogg", "file:voice.ogg"]
    m4a = [*shared, "-c:a", "aac", "-b:a", aac, "-movflags", "+faststart", "-f", "mp4", "file:voice.m4a"]
    return [program("ffmpeg"), *_QUIET, "-nostats", "-progress", "pipe:1", *source(form), *ogg, *m4a]


def loudness(samples: int) -> list[str]:
    """Return the command that tells how loud each stretch of `samples` of our own `voice.ogg` is, in dB."""
    filters = f"aformat=sample_rates=8000:channel_layouts=mono,asetnsamples=n={samples}:p=0"
    filters += ",astats=metadata=1:reset=1:measure_perchannel=none:measure_overall=RMS_level"
    filters += ",ametadata=mode=print:key=lavfi.astats.Overall.RMS_level:file=-"
    begin = [program("ffmpeg"), *_QUIET, "-nostats", *PROTOCOLS, "-f", "ogg", "-i", "file:voice.ogg"]
    return [*begin, "-af", filters, "-f", "null", "-"]


def length(name: str, form: str) -> list[str]:
    """Return the command that tells how long a file of our own is."""
    shown = ["-show_entries", "format=duration:stream=codec_type,width,height,channels", "-of", "json"]
    return [program("ffprobe"), "-v", "error", *PROTOCOLS, "-f", form, "-i", f"file:{name}", *shown]
