using System.ComponentModel.DataAnnotations;

namespace PerCall.LargeModels.Routes;

/// <summary>Section <c>PerCall:OpenAI</c>.</summary>
public sealed class LargeModelOptions
{
    public const string Section = "PerCall:OpenAI";

    /// <summary>The large models, by the names that callers use. Without any, the service has no large models.</summary>
    public IDictionary<string, ModelRouteOptions> Models { get; } =
        new Dictionary<string, ModelRouteOptions>(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Maximum time in seconds until a deployment sends the first event of a stream. The call then goes to another deployment.
    /// </summary>
    [Range(1, 3600)]
    public int FirstTokenSeconds { get; set; } = 60;

    /// <summary>
    /// Maximum time in seconds until a deployment has sent an answer that is not streamed. The call then goes to another deployment.
    /// </summary>
    [Range(1, 3600)]
    public int AnswerSeconds { get; set; } = 300;

    /// <summary>Longest pause in seconds within a stream. A stream that pauses longer ends.</summary>
    [Range(1, 3600)]
    public int SilenceSeconds { get; set; } = 60;

    /// <summary>Maximum duration of a call in seconds, over all deployments that it tries and to the end of its stream.</summary>
    [Range(1, 7200)]
    public int CallSeconds { get; set; } = 600;

    /// <summary>
    /// How long a deployment gets no calls, in seconds, after at least 5 calls within 30 seconds of which half failed. One call then tests
    /// it.
    /// </summary>
    [Range(1, 3600)]
    public int BreakerSeconds { get; set; } = 15;

    /// <summary>
    /// Shortest interval, in milliseconds, between two charges of one stream. Events that arrive in between are sent together. 0: send
    /// events as soon as the previous charge is on disk.
    /// </summary>
    [Range(0, 1000)]
    public int SegmentMilliseconds { get; set; } = 100;

    /// <summary>Maximum size of the JSON body of a call, in bytes.</summary>
    [Range(1024, 1 << 30)]
    public int MaxBytes { get; set; } = 32 << 20;

    /// <summary>Maximum size of an audio file, in bytes.</summary>
    [Range(1024, 1 << 30)]
    public int MaxAudioBytes { get; set; } = 25 << 20;

    /// <summary>Maximum size of one image in a call, in bytes.</summary>
    [Range(1024, 100_000_000)]
    public int MaxImageBytes { get; set; } = 20_000_000;

    /// <summary>Maximum size of an answer that is not streamed, in bytes. A longer one counts as a failure of the deployment.</summary>
    [Range(1 << 16, 1 << 30)]
    public int MaxAnswerBytes { get; set; } = 64 << 20;
}
