using System.ClientModel.Primitives;
using System.Globalization;

namespace PerCall.LargeModels.Providers;

/// <summary>Reads how long a provider asks to be left alone: <c>retry-after-ms</c>, or <c>Retry-After</c> as seconds or date.</summary>
internal static class RetryAfterHeader
{
    // A provider that says more is asked again after this time.
    private static readonly TimeSpan Max = TimeSpan.FromHours(1);

    public static TimeSpan? Read(PipelineResponseHeaders headers, DateTimeOffset now)
    {
        var pause = headers.TryGetValue("retry-after-ms", out var text) && Number(text) is { } milliseconds
            ? TimeSpan.FromMilliseconds(milliseconds)
            : !headers.TryGetValue("Retry-After", out text) ? TimeSpan.Zero
            : Number(text) is { } seconds ? TimeSpan.FromSeconds(seconds)
            : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? date - now
            : TimeSpan.Zero;
        return pause <= TimeSpan.Zero ? null : pause > Max ? Max : pause;
    }

    private static double? Number(string? text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number) ? Math.Min(number, Max.TotalMilliseconds) : null;
}
