using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Journal;

namespace PerCall.Functions.Batches.Shards;

/// <summary>
/// Threads that score rows of batches. They are separate from the thread pool, which stays free for requests. While this instance runs
/// single calls, one processor is left to them.
/// </summary>
public sealed class ScoringThreads : IDisposable
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(2);

    private readonly BlockingCollection<Work> _queue = [];
    private readonly UsageJournal _journal;
    private readonly Lock _starting = new();
    private readonly object _gate = new();
    private readonly int _threads;
    private bool _started;
    private int _active;

    public ScoringThreads(IOptions<BatchOptions> options, UsageJournal journal) =>
        (_threads, _journal) = (options.Value.ThreadCount(), journal);

    /// <summary>Returns whether this instance runs single calls, to which batches give way.</summary>
    public bool AreSinglesRunning => _journal.Running > 0;

    /// <summary>Runs work that takes at most some tens of milliseconds.</summary>
    public Task<T> RunAsync<T>(Func<T> work)
    {
        Start();
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _queue.Add(new(() =>
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        }));
        return done.Task;
    }

    public void Dispose() => _queue.CompleteAdding();

    private void Start()
    {
        if (_started)
        {
            return;
        }

        lock (_starting)
        {
            for (var i = 0; i < _threads && !_started; i++)
            {
                new Thread(Run) { IsBackground = true, Name = $"Scoring {i}" }.Start();
            }

            _started = true;
        }
    }

    private void Run()
    {
        foreach (var work in _queue.GetConsumingEnumerable())
        {
            Enter();
            try
            {
                work.Run();
            }
            finally
            {
                Leave();
            }
        }
    }

    private void Enter()
    {
        lock (_gate)
        {
            while (_active > 0 && _active >= Math.Min(_threads, Environment.ProcessorCount) - 1 && AreSinglesRunning)
            {
                Monitor.Wait(_gate, LookAgain);
            }

            _active++;
        }
    }

    private void Leave()
    {
        lock (_gate)
        {
            _active--;
            Monitor.Pulse(_gate);
        }
    }

    private readonly record struct Work(Action Run);
}
