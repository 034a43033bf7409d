using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Planning;
using PerCall.Functions.Batches.Shards;
using PerCall.Functions.Batches.Steps;
using PerCall.Hosting.Configuration;
using PerCall.Hosting.Queues;

namespace PerCall.Bench.Batches.Scale;

/// <summary>A batch to be simulated.</summary>
/// <param name="Rows">Of its file.</param>
/// <param name="Sample">What a row is and takes.</param>
/// <param name="Options">Of the service.</param>
internal sealed record SimulatedBatch(long Rows, RowSample Sample, BatchOptions Options);

/// <summary>
/// One job on many instances, event by event: the step that gives out shards (the service's own code decides how many and when), the queue,
/// and workers that read, score, stage and insert. What storage takes in a second is limited; everything else goes on as fast as it may.
/// Batch sizes, thresholds, intervals and connections come from host.json, <see cref="BatchOptions"/> and the constants of the service's
/// classes.
/// </summary>
internal sealed class JobSimulation
{
    /// <summary>Rows of one answer of a table; a limit of Azure Storage.</summary>
    private const int RowsOfAPage = 1000;

    private readonly PriorityQueue<Action, double> _events = new();
    private readonly SimulatedStorage _storage;
    private readonly Queue<int> _queue = new();
    private readonly List<Instance> _instances;
    private readonly SimulatedBatch _batch;
    private readonly QueueSettings _queues;
    private readonly JobPlan _plan;
    private readonly HashSet<int> _doneBehind = [];
    private readonly DateTimeOffset _begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private double _now;
    private Job _job;

    public JobSimulation(SimulatedBatch batch, QueueSettings queues, int instances, int threads, SimulatedStorage storage)
    {
        (_batch, _queues, _storage) = (batch, queues, storage);
        var plan = ShardSize.Of(
            EmptyPlan with { Source = new("", "", "", (long)(batch.Rows * batch.Sample.RowBytes)) }, batch.Sample, batch.Options);
        _plan = plan with { Rows = batch.Rows, Shards = (int)Math.Ceiling((double)plan.Source.Bytes / plan.ShardBytes) };
        _job =
            new()
            {
                Id = "",
                Account = "",
                Order = null!,
                Plan = _plan,
                CreatedAt = _begin,
                ExpiresAt = _begin + batch.Options.Window,
                StepDue = _begin,
                Progress = new()
            };
        _instances = [.. Enumerable.Range(0, instances).Select(i => new Instance(this, threads, i))];
        Work = batch.Rows / (double)_plan.Shards / batch.Sample.RowsPerSecond;
        Parts = (int)Math.Min(
            ShardParts.Most(_plan.Shards), Math.Floor(batch.Rows / (double)_plan.Shards * batch.Sample.OutputBytes / _plan.PartBytes) + 1);
    }

    public int Shards => _plan.Shards;

    /// <summary>Seconds of one thread that a shard is.</summary>
    public double Work { get; }

    /// <summary>Blocks that a shard adds.</summary>
    public int Parts { get; }

    public int PartBytes => _plan.PartBytes;

    private static JobPlan EmptyPlan =>
        new()
        {
            Source = new("", "", "", 0),
            Format = InputFormat.JsonLines,
            ModelName = "",
            ModelVersion = "",
            Price = new("", "", "", 0),
            Currency = ""
        };

    /// <returns>Seconds until all shards are done and the step has seen it.</returns>
    public double Run()
    {
        double? ended = null;
        At(0, () => Step(time => ended = time));
        _instances.ForEach(i => i.Start());
        while (ended is null && _events.TryDequeue(out var what, out var time))
        {
            _now = time;
            what();
        }

        return ended ?? throw new InvalidOperationException("Nothing moves any more.");
    }

    private void At(double time, Action what) => _events.Enqueue(what, time);

    /// <summary>As <c>RunStep</c> does it.</summary>
    private void Step(Action<double> ended)
    {
        var read = Math.Max(
            _storage.Do(StorageOperation.JobRead, _now), _storage.Do(StorageOperation.PresenceRead, _now, Pages(_instances.Count)));
        var progress = _job.Progress;
        read = Math.Max(read, _storage.Do(StorageOperation.RowsRead, _now, Pages(_doneBehind.Count)));
        while (_doneBehind.Remove(progress.DoneBefore))
        {
            progress = progress with { DoneBefore = progress.DoneBefore + 1 };
        }

        var done = progress.DoneBefore + _doneBehind.Count;
        var rows = _batch.Rows / (double)Shards;
        progress = progress with
        {
            Done = done,
            Rows = new((long)(done * rows), 0),
            Running = (long)(
            _instances.Sum(i => i.Scored(_now)) * rows)
        };
        if (done == Shards)
        {
            At(read, () => ended(_now));
            return;
        }

        var now = _begin.AddSeconds(read);
        progress = Dispatching.Mark(progress, now);
        progress = progress with { Window = Dispatching.WindowOf(_plan, progress, _instances.Sum(i => i.InHand)) };
        var count = Math.Min(Shards - progress.Dispatched, Math.Max(0, progress.Window - (progress.Dispatched - done)));
        At(read, () => Send(progress, count, ended));
    }

    private void Send(JobProgress progress, int count, Action<double> ended)
    {
        _job = _job with { Progress = progress with { Dispatched = progress.Dispatched + count } };
        if (count == 0)
        {
            Write(ended);
            return;
        }

        // So many at a time, one after another on each way.
        var (next, left) = (progress.Dispatched, count);
        void One()
        {
            if (next == _job.Progress.Dispatched)
            {
                return;
            }

            var shard = next++;
            At(_storage.Do(StorageOperation.MessageSent, _now), () =>
            {
                _queue.Enqueue(shard);
                One();
                if (--left == 0)
                {
                    Write(ended);
                }
            });
        }

        At(_storage.Do(StorageOperation.CutsRead, _now), () =>
        {
            for (var way = 0; way < ShardQueue.SendsAtOnce; way++)
            {
                One();
            }
        });
    }

    private void Write(Action<double> ended) => At(_storage.Do(StorageOperation.JobWritten, _now), () =>
    {
        var (pause, _) = Dispatching.PauseOf(_job, _batch.Options.LookInterval, _begin.AddSeconds(_now));
        At(_now + pause.TotalSeconds, () => Step(ended));
    });

    private static int Pages(int rows) => Math.Max(1, (rows + RowsOfAPage - 1) / RowsOfAPage);

    /// <summary>A process: it polls the queue, has so many messages at a time and so many threads.</summary>
    private sealed class Instance(JobSimulation job, int threads, int number)
    {
        private readonly double[] _threads = new double[threads];
        private readonly List<(double From, double To)> _scoring = [];
        private readonly Queue<int> _waiting = new();
        private int _slots = ShardSlots.CountOf(threads);
        private double _poll = PollingDelay.Shortest.TotalSeconds;
        private bool _polling;
        private bool _givingBack;
        private bool _looking;
        private double _jobRead = double.MinValue;
        private double _told = double.MinValue;

        /// <summary>Shards that were received.</summary>
        public int InHand { get; private set; }

        public void Start() => job.At(number * 0.001, Poll);

        /// <summary>Parts of shards that are done and not counted yet.</summary>
        public double Scored(double now)
        {
            _scoring.RemoveAll(s => s.To <= now);
            return _scoring.Where(s => s.From < now).Sum(s => (now - s.From) / (s.To - s.From));
        }

        private void Poll()
        {
            _polling = true;
            Tell();
            var received = job._storage.Do(StorageOperation.MessagesReceived, job._now);
            job.At(received, () =>
            {
                _polling = false;
                var count = 0;
                for (; count < job._queues.BatchSize && job._queue.TryDequeue(out var shard); count++)
                {
                    InHand++;
                    _waiting.Enqueue(shard);
                }

                _poll = count > 0
                    ? PollingDelay.Shortest.TotalSeconds
                    : Math.Min(_poll * 2, job._queues.MaxPollingInterval.TotalSeconds);
                Begin();
                PollAgain(count > 0 ? 0 : _poll);
            });
        }

        private void PollAgain(double pause)
        {
            if (!_polling && InHand <= job._queues.NewBatchThreshold)
            {
                _polling = true;
                job.At(job._now + pause, Poll);
            }
        }

        private void Begin()
        {
            while (_slots > 0 && _waiting.TryDequeue(out var shard))
            {
                _slots--;
                if (job._now - _jobRead > job._batch.Options.JobAge.TotalSeconds)
                {
                    _jobRead = job._now;
                    job._storage.Do(StorageOperation.JobRead, job._now);
                }

                var read = job._storage.Do(StorageOperation.InputRead, job._now);
                job.At(read, () => Score(shard));
            }

            Look();
        }

        /// <summary>Near the end, what waits for a slot is given back, one at a time.</summary>
        private void Look()
        {
            if (_waiting.Count == 0 || _looking)
            {
                return;
            }

            _looking = true;
            job.At(job._now + job._batch.Options.QueuePoll.TotalSeconds, () =>
            {
                _looking = false;
                if (!_givingBack && job._queue.Count == 0 && job._job.Progress.Dispatched == job.Shards
                    && _waiting.TryDequeue(out var shard))
                {
                    _givingBack = true;
                    job.At(job._storage.Do(StorageOperation.MessageSent, job._now), () => job._queue.Enqueue(shard));
                    job.At(job._now + job._batch.Options.QueuePoll.TotalSeconds, () =>
                    {
                        _givingBack = false;
                        job._storage.Do(StorageOperation.MessageDeleted, job._now);
                        InHand--;
                        PollAgain(0);
                    });
                }

                Look();
            });
        }

        private void Score(int shard)
        {
            var thread = Array.IndexOf(_threads, _threads.Min());
            var from = Math.Max(job._now, _threads[thread]);
            var to = from + job.Work;
            _threads[thread] = to;
            _scoring.Add((from, to));
            job.At(to, () => Stage(shard, 0));
        }

        private void Stage(int shard, int part)
        {
            Tell();
            var staged = job._storage.Do(StorageOperation.BlockStaged, job._now);
            job.At(staged, () =>
            {
                if (part + 1 < job.Parts)
                {
                    Stage(shard, part + 1);
                    return;
                }

                job.At(job._storage.Do(StorageOperation.RowInserted, job._now), () => End(shard));
            });
        }

        private void End(int shard)
        {
            job._doneBehind.Add(shard);
            var deleted = job._storage.Do(StorageOperation.MessageDeleted, job._now);
            _slots++;
            Begin();
            job.At(deleted, () =>
            {
                InHand--;
                PollAgain(0);
            });
        }

        /// <summary>A sign of life, where one is due.</summary>
        private void Tell()
        {
            if (job._now - _told >= job._batch.Options.PresenceInterval.TotalSeconds)
            {
                _told = job._now;
                job._storage.Do(StorageOperation.PresenceWritten, job._now);
            }
        }
    }
}
