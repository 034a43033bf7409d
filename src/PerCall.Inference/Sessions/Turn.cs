namespace PerCall.Inference.Sessions;

/// <summary>A turn to run a model. Dispose of it after the run.</summary>
internal sealed class Turn(RunQueue queue, List<WaitingCall> joined) : IDisposable
{
    private bool _ended;

    /// <summary>Runs of other calls, to be run together with the turn's own.</summary>
    public IEnumerable<JoinableRun> Joined => joined.Select(w => w.Run!);

    public void Dispose()
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        joined.ForEach(w => w.Begin(null));
        queue.Leave();
    }
}
