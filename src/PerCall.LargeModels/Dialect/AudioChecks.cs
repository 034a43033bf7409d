using PerCall.LargeModels.Providers;
using PerCall.LargeModels.Routes;
using PerCall.LargeModels.Tokens;

namespace PerCall.LargeModels.Dialect;

/// <summary>Checks the form of a transcription, which is metered by the seconds of its file.</summary>
public static class AudioChecks
{
    private static readonly string[] Formats = ["json", "text", "srt", "vtt", "verbose_json", "diarized_json"];
    private static readonly string[] PlainText = ["text", "srt", "vtt"];

    // Lists, which a form sends as several fields of one name.
    private static readonly string[] Repeated = ["timestamp_granularities[]", "timestamp_granularities", "include[]", "include"];

    /// <summary>Checks a form and measures its file. Fields that metering does not depend on are sent on as they are.</summary>
    /// <exception cref="LargeModelRefusedException">400 with the field's name as param.</exception>
    public static CallFacts Check(AudioForm form, LargeModelRoute route, CallLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        RequestChecks.CheckServed(LargeModelEndpoint.Transcriptions, route);
        if (form.File.IsEmpty)
        {
            throw Fields.Required("file");
        }

        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in form.Fields)
        {
            if (!fields.TryAdd(name, value) && !Repeated.Contains(name))
            {
                throw Fields.Refused(Fields.InvalidValue, $"'{name}' occurs twice.", name);
            }
        }

        var format = fields.GetValueOrDefault("response_format") ?? "json";
        if (!Formats.Contains(format))
        {
            throw Fields.Refused(
                Fields.InvalidValue, $"'response_format' is '{format}'; allowed: {string.Join(", ", Formats)}.", "response_format");
        }

        var stream = fields.GetValueOrDefault("stream") switch
        {
            null or "" or "false" or "False" or "0" => false,
            "true" or "True" or "1" => true,
            var other => throw Fields.Refused(Fields.InvalidType, $"'stream' is '{other}'; allowed: true, false.", "stream"),
        };
        var isText = PlainText.Contains(format);
        if (stream && isText)
        {
            throw Fields.Refused(Fields.InvalidValue, $"'response_format' is '{format}'; a stream has json.", "response_format");
        }

        return new()
        {
            Endpoint = LargeModelEndpoint.Transcriptions,
            Stream = stream,
            IncludeUsage = stream,
            PromptTokens = 0,
            PromptBound = 0,
            OutputBound = 0,
            JsonAnswer = !isText,
            AudioSeconds = AudioDuration.Seconds(form.File.Span),
        };
    }
}
