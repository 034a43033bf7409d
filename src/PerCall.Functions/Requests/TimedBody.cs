using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace PerCall.Functions.Requests;

/// <summary>A request's body with a time limit for its arrival. Bytes that have already arrived do not start a timer.</summary>
/// <param name="body">The server's stream.</param>
/// <param name="limit">Time from the first wait for bytes to the end of the body.</param>
public sealed class TimedBody(Stream body, TimeSpan limit) : ReadingStream
{
    // Linked to the first read's token: all reads of a request share one deadline.
    private CancellationTokenSource? _over;
    private CancellationToken _caller;
    private bool _waited;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_over is null)
        {
            (_over, _caller) = (CancellationTokenSource.CreateLinkedTokenSource(cancellationToken), cancellationToken);
        }

        var read = body.ReadAsync(buffer, _over.Token);
        return read.IsCompletedSuccessfully ? read : WaitAsync(read);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _over?.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> WaitAsync(ValueTask<int> read)
    {
        if (!_waited)
        {
            _waited = true;
            _over!.CancelAfter(limit);
        }

        try
        {
            return await read;
        }
        catch (OperationCanceledException e) when (!_caller.IsCancellationRequested)
        {
            throw new RefusedException(
                StatusCodes.Status408RequestTimeout,
                "body_too_slow",
                string.Create(CultureInfo.InvariantCulture, $"The body did not arrive in time; allowed: at most {limit.TotalSeconds:0} s."),
                inner: e)
            {
                // The rest of the body would be parsed as the next request.
                Headers = new Dictionary<string, string> { ["Connection"] = "close" },
            };
        }
    }
}
