using System.Text.Json;
using PerCall.StandIn.Requests;

namespace PerCall.StandIn.Answers;

/// <summary>Transcriptions that are not streamed, in all their formats.</summary>
internal static class TranscriptionAnswers
{
    public static (string ContentType, string Text) Whole(Asked asked, Content content, Usage usage)
    {
        var reported = usage.Transcription is { } found ? $""","usage":{found}""" : "";
        var text = JsonSerializer.Serialize(content.Text);
        return Asked.Text(asked.Body, "response_format") switch
        {
            "text" => ("text/plain; charset=utf-8", content.Text + "\n"),
            "srt" => ("text/plain; charset=utf-8", $"1\n00:00:00,000 --> 00:00:01,000\n{content.Text}\n\n"),
            "vtt" => ("text/vtt; charset=utf-8", $"WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n{content.Text}\n\n"),
            "verbose_json" => (
                "application/json",
                $$"""
                {"task":"transcribe","language":"english","duration":{{usage.Seconds}},"text":{{text}},"segments":[]{{reported}}}
                """),
            _ => ("application/json", $$"""{"text":{{text}}{{reported}}}"""),
        };
    }
}
