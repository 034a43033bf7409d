using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.Functions.Journal;
using PerCall.LargeModels.Providers;
using PerCall.LargeModels.Routes;

namespace PerCall.Functions.LargeModels;

/// <summary>Delivers answers that are streams of server-sent events.</summary>
public sealed class StreamedAnswers(
    IOptions<LargeModelOptions> options, IOptions<MeteringOptions> metering, TimeProvider time, ILogger<StreamedAnswer> log)
{
    private readonly TimeSpan _segment = TimeSpan.FromMilliseconds(options.Value.SegmentMilliseconds);

    /// <summary>Writes the stream to the response. Returns when the stream has ended and is charged.</summary>
    public async Task<IResult> WriteAsync(LargeModelCall call, ProviderAnswer answer, CancellationToken cancellation)
    {
        var durable = metering.Value.Durability == Durability.BeforeAnswer;
        await new StreamedAnswer(call, answer, _segment, durable, time, log).RunAsync(cancellation);
        return TypedResults.Empty;
    }
}
