using System.Globalization;
using System.Threading.Channels;
using Azure.Core;
using Azure.Core.Pipeline;
using PerCall.Testing;

namespace PerCall.Hosting.Tests.Queues;

/// <summary>Records for how long each update hides its message.</summary>
internal sealed class RecordedVisibility : HttpPipelineSynchronousPolicy
{
    private readonly Channel<TimeSpan> _updates = Channel.CreateUnbounded<TimeSpan>();

    public override void OnReceivedResponse(HttpMessage message)
    {
        const string Parameter = "visibilitytimeout=";
        var query = message.Request.Uri.Query;
        if (message.Request.Method == RequestMethod.Put && query.IndexOf(Parameter, StringComparison.Ordinal) is >= 0 and var at)
        {
            var value = query[(at + Parameter.Length)..].Split('&')[0];
            _updates.Writer.TryWrite(TimeSpan.FromSeconds(int.Parse(value, CultureInfo.InvariantCulture)));
        }
    }

    /// <summary>Returns when storage has answered the next update.</summary>
    public Task<TimeSpan> NextAsync() => _updates.Reader.ReadAsync().AsTask().WaitAsync(ProcessOutput.Patience, TimeProvider.System);
}
