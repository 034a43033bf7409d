using System.Globalization;
using System.Xml.Linq;
using Azure.Core;
using Azure.Core.Pipeline;

namespace PerCall.Functions.Tests.Upkeep;

/// <summary>
/// Counts a client's requests to storage. Delayed messages are sent without their delay, because storage does not have the test's clock;
/// <see cref="Sent"/> gets their ids and delays instead.
/// </summary>
internal sealed class StorageCount : HttpPipelinePolicy
{
    private const string Delay = "visibilitytimeout=";

    private int _requests;

    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Called with the id and the delay of each message that was sent.</summary>
    public Action<string, TimeSpan> Sent { get; set; } = (_, _) => { };

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => throw new NotSupportedException();

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        Interlocked.Increment(ref _requests);
        var uri = message.Request.Uri;
        var isMessage = message.Request.Method == RequestMethod.Post && uri.Path.EndsWith("/messages", StringComparison.Ordinal);
        var delay = TimeSpan.Zero;
        if (isMessage)
        {
            var parts = uri.Query.TrimStart('?').Split('&');
            delay = TimeSpan.FromSeconds(
                parts.Where(p => p.StartsWith(Delay, StringComparison.Ordinal))
                    .Sum(p => int.Parse(p[Delay.Length..], CultureInfo.InvariantCulture)));
            uri.Query = '?' + string.Join('&', parts.Where(p => !p.StartsWith(Delay, StringComparison.Ordinal)));
        }

        await ProcessNextAsync(message, pipeline);
        if (isMessage && message.Response.ContentStream is { CanSeek: true } content)
        {
            Sent(XDocument.Load(content).Descendants("MessageId").Single().Value, delay);
            content.Position = 0;
        }
    }
}
